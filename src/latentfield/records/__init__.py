"""What is measured, fitted and decoded, as typed records with a JSON schema, and tables as CSV.

tables    rows with the same columns
"""
