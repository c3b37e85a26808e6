"""Who takes part: programme, companies, branches, pools, rewards and the public coupon keys."""
