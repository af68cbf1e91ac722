"""Founding lists as people publish them, and what is understood of them."""

ORGANISATIONS = """“Clear Water” fishermen’s NGO
«Мост» valley association
„Hafen“ Club of Boatmen
"Reed and Willow" Centre
Orchard Press Club
Women’s Council of the Lower Valley
Delta Dialogue NGO
Public Gardening club
"""
PEOPLE = """Ani Marlowe,

Chairwoman of the Society for Mountain Springs named after T. Vance;

Teodor Vance,

Head of the Organization “River Hands”;

Cleo Day,

Co-Director of Women's Union for the Orchards;

Ruzanna Orme,

Hydrologist.
"""
PLACED_PEOPLE = [
    ["individual", "Ani Marlowe", "Chairwoman", "Society for Mountain Springs named after T. Vance"],
    ["individual", "Teodor Vance", "Head", "Organization “River Hands”"],
    ["individual", "Cleo Day", "Co-Director", "Women's Union for the Orchards"],
    ["individual", "Ruzanna Orme", "Hydrologist", ""],
]
PLACED_ORGANISATIONS = [["organisation", name, "", ""] for name in ORGANISATIONS.splitlines()]
