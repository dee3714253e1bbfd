"""A folder of static pages that shows the budgets of agencies to everybody, with a script or without one."""
