"""Reports: measurements with their circumstances, and the tables and figures made of them."""
