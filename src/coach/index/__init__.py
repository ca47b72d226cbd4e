"""Finding passages: the manifest, the keyword index, the encoder, the vectors, and search over them."""
