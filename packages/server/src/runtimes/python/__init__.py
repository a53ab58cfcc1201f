"""What daimon puts beside a person's Python: it runs their cells, looks at their values, stays out of their names."""
