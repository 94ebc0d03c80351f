"""Acts of parties, decided on the picture they had: what is to be told to whom, or why not."""
