catalog-file-unreadable = 文件读不懂：{ $why }
