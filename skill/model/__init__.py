"""Ground floor: frozen types that every other room speaks; no behaviour beyond validation."""
