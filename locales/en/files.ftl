photo-too-large = This photo is larger than { $limit } MB. Please choose a smaller one, or take it again with a lower quality.
photo-not-an-image = This file is not a photo that can be read. Please choose a JPEG, PNG, WebP or HEIC photo.
photo-too-plain = This photo is of nearly one colour: there is nothing in it to compare.
photo-broken = This photo is damaged and cannot be opened. Please take or choose another one.
photo-heic-unreadable = This HEIC photo cannot be read. Please set the camera to “most compatible” or choose a JPEG photo.
photo-too-many-pixels = This photo has more than { $limit } million pixels. Please choose a smaller one.
files-refusal-not-a-pdf = This file is not a PDF. Please choose another one, or take a photograph.
files-refusal-document-too-large = The file is larger than { $megabytes } MB. Please make it smaller, or hand in the stamped page alone.
