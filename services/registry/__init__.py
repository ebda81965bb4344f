"""Organisation records: verifying an applicant, importing the code database, pilot regions."""
