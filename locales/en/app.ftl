nav-desk = Desk
nav-department = Department
nav-whistles = Whistles
nav-field = My tasks
nav-admin = Administration
nav-catalog = Catalog
nav-audit = Log
kit-stale-text = Somebody else changed this while you were reading. Open it again to see what is new, then repeat your step.
