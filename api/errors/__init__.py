"""Problems: their kinds, the fields of requests, what is told of them, and how they are documented."""
