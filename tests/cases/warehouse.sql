SELECT yearly_revenue, seats, as_of FROM facts WHERE account = :account
