"""What prose that a model typed may say: nothing that the evidence it cites does not hold. Pure, and no model."""

from skill.agent.claims.ground import Claim, Ground, Names, Row, What, names_of, unproven

__all__ = ["Claim", "Ground", "Names", "Row", "What", "names_of", "unproven"]
