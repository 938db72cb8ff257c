# The map in pieces.
tiles-title = Map of cases
tiles-lead = The cases on your lists, where they lie. Tap a circle to come nearer.
tiles-state = State
tiles-state-open = Open
tiles-state-overdue = Overdue
tiles-state-handled = Handled, to be looked at
tiles-state-closed = Closed
tiles-state-all = All
tiles-cases = cases
tiles-heat = Show where many are as heat
tiles-script = The map needs JavaScript. The list shows the same cases.
tiles-list = Show as a list
tiles-argument = The map knows no filter called “{ $name }”. Leave it out.
tiles-value = “{ $value }” is nothing that the filter “{ $name }” understands. Choose another value.
tiles-backwards = The first day lies after the last, or after today. Choose earlier days.
tiles-too-long = The map shows at most { $days } days at once. Choose fewer days.
