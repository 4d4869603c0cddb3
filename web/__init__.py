"""Server-rendered pages: sign-in, the rep's page, the review page; plain HTML, one style sheet, small modules."""
