"""What time alone brings about: points, vouchers and invitations run out."""
