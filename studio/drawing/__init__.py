"""Pictures for visitors: what is asked, batched, drawn, laid out and saved."""
