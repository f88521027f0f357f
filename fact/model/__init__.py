"""Interface types, values, component syntax, plans and trap reasons: frozen data, no behaviour beyond its own."""
