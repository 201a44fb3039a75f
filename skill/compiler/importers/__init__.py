"""Topics made from what a company has already: pricing files first."""
