"""The versioned HTTP API for neighbours: tills, web shops, booking and commission systems."""
