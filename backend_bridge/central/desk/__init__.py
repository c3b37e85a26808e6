"""The desk: takes what terminals send, and says what is to be sent to them. No network in here."""
