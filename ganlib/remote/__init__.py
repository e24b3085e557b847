"""Trains on a machine that is rented by the minute: a job on the Hugging Face Hub."""
