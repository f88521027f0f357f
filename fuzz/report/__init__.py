"""One self-contained HTML page about a campaign, from its store.

`gather` reads a store into the data of a page (`page`), `render` makes HTML of that.
"""
