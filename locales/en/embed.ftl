# Pages in frames of the city's own site.
embed-title-map = Map of reported problems
embed-title-report = Report a problem
embed-title-numbers = Reports in figures
embed-code = Your tracking code
embed-admin = For your own site
embed-admin-lead = The city’s site can show the map, the figures and the way to report. Choose, copy the code, and give it to whoever keeps the site. The pages set no cookie and also work without JavaScript.
embed-no-origins = No site may show these pages yet
embed-no-origins-do = Write the site into city.toml, [embed] origins = ["https://www.example.gov.cn"], and restart the service.
embed-no-address = The program does not know its own address
embed-no-address-do = Write public_url into city.toml; until then the code names the address that you use just now.
embed-choose = Choose
embed-what = What is shown
embed-what-map = Map of reported problems
embed-what-report = The way to report, and tracking
embed-what-numbers = Figures
embed-language = Language
embed-language-zh-Hans = 中文
embed-language-en = English
embed-accent = Colour of your site
embed-accent-hint = Six digits, such as 0b4a8f. If it is too light to be read, it is darkened. Empty: the program’s blue.
embed-accent-wrong = A colour is written as six digits of 0 to 9 and a to f, such as 0b4a8f.
embed-darkened = This colour is too light to be read on white; { $colour } is used.
embed-show = Show
embed-copy = Code to copy
embed-origins = These sites may show it:
embed-preview = This is how it looks
