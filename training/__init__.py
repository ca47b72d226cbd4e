"""Training of the bundled bilingual encoder; nothing here is imported by the product."""
