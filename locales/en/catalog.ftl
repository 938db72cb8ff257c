catalog-file-unreadable = The file cannot be read: { $why }
