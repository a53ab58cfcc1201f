"""What daimon puts beside a person's Python: it runs their cells and looks at their values, and stays out of their names."""
