catalog-file-unreadable = The file cannot be read: { $why }
catalog-unit-unknown = The unit “{ $unit }” is not known. Use urgent_hour, working_hour, working_day, urgent_day or natural_day.
catalog-limit-out-of-range = A limit lies between 1 and 3650.
catalog-citation-missing = Name the source: “{ $source }” is not among the [[source]] entries, or has no title.
catalog-set-twice = The code set { $set } is written twice.
catalog-set-in-force = Exactly one code set must say in_force = true.
catalog-conditions-without-codes = There is no codes.toml in the same folder, so nobody knows which code set these conditions belong to.
catalog-code-twice = The code { $code } is written twice or malformed.
catalog-code-malformed = The sub-class code { $code } must be four digits.
catalog-code-unknown = There is no code { $code }. Please check the code set.
catalog-class-unknown = There is no class { $code }. Please write the class first.
catalog-condition-twice = The filing condition { $id } is written twice with the same first day.
catalog-words-missing = A name or condition lacks its Chinese or English text.
catalog-danger-unknown = The danger “{ $danger }” names no emergency numbers.
catalog-department-missing = The rule names no department code.
catalog-rule-twice = The same rule is written twice.
catalog-kind-event = Event
catalog-kind-component = Component
catalog-danger-gas = If you smell gas: no switches, no flames. Get to a safe place first, then call.
catalog-danger-wire = A wire on the ground: stay at least eight metres away and call first.
catalog-danger-collapse = Danger of collapse or falling objects: leave, warn others, then call.
catalog-title = Catalog and filing conditions
catalog-search = Find by code, name or word
catalog-filter = Filter
catalog-all = All sub-classes
catalog-found = { $n ->
    [one] { $n } sub-class
   *[other] { $n } sub-classes
}
catalog-to-check = To check locally
catalog-to-check-text = These names or limits could not be compared with the standard itself. Compare them with the standard that your city has issued before you rely on them, then write verified = true in the file.
catalog-check-locally = Check locally
catalog-checked = Checked
catalog-local = Local extension
catalog-dangerous = Dangerous
catalog-state = Checked?
catalog-code = Code
catalog-name = Sub-class
catalog-name-zh = Chinese name
catalog-name-en = English name
catalog-class = Class
catalog-code-set = Code set
catalog-words = How people call it
catalog-about = The sub-class
catalog-limit = Handling limit
catalog-conditions = Filing conditions
catalog-condition = Filing condition
catalog-conditions-count = { $n ->
    [one] { $n } condition
   *[other] { $n } conditions
}
catalog-conditions-none = No filing condition
catalog-conditions-none-text = The desk writes the condition and the limit when it files a case; or add them to the catalog’s files.
catalog-closing = Closing condition
catalog-from = In force from
catalog-past = Replaced
catalog-later = Not yet in force
catalog-source = Source
catalog-department = Department by default
catalog-department-unknown = not among the departments
catalog-whole-city = The whole city
catalog-everywhere = Everywhere else
catalog-desk-decides = The desk decides
catalog-desk-decides-text = The responsibility table does not say; the dispatcher chooses the department.
catalog-nothing = No sub-class matches
catalog-nothing-text = Try another word, or take the filter away.
catalog-change = How to change it
catalog-change-text = This page is for reading. Change these files (a file of the same path in the city’s folder replaces the built-in one) and restart the program. Cases already filed keep the standard that they were filed under.
catalog-change-then = Then run:
catalog-version = Version of the catalog
