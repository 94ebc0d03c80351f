"""Rules: given a picture, a proposal and a time, they give findings with their grounds, or refuse."""
