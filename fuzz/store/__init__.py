"""What a campaign knows, on disk: content-addressed cases, and an index of runs, findings, sessions and figures.

    DIR/campaign.db          the index, SQLite
    DIR/cases/ab/abcd...wast every case kept, named by the SHA-256 of its bytes
    DIR/findings/NAME.wast   the case of each finding, under a name for people
    DIR/.campaign.lock       held while a campaign writes here
    DIR/lost/                what `factfuzz fsck --repair` put aside

Every write is atomic and every process may be killed at any time: what one transaction of the index holds belongs
together, a case is there before anything refers to it, and the copies for people are made again from the index. Merging
two stores is a join: idempotent, and order does not matter.
"""
