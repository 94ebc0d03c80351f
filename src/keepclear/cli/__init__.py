"""The command line: every act and view of the page, for a terminal; data on stdout, talk on stderr."""
