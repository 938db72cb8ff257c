# 供政府网站嵌入的页面。
embed-title-map = 市民上报问题地图
embed-title-report = 随手拍上报
embed-title-numbers = 上报办理数据
embed-code = 查询码
embed-admin = 网站嵌入
embed-admin-lead = 政府网站可以嵌入地图、办理数据和上报入口。选好内容，复制代码，交给网站管理人员即可。嵌入页面不使用 Cookie，不开启脚本也能使用。
embed-no-origins = 目前没有网站可以嵌入
embed-no-origins-do = 请在 city.toml 中写入网站地址 [embed] origins = ["https://www.example.gov.cn"]，然后重启服务。
embed-no-address = 系统尚不知道自己的网址
embed-no-address-do = 请在 city.toml 中填写 public_url；在此之前，代码使用您当前访问的地址。
embed-choose = 选择
embed-what = 嵌入内容
embed-what-map = 上报问题地图
embed-what-report = 上报入口与进度查询
embed-what-numbers = 办理数据
embed-language = 语言
embed-language-zh-Hans = 中文
embed-language-en = English
embed-accent = 网站主色
embed-accent-hint = 六位色值，例如 0b4a8f。颜色过浅看不清文字时会自动加深；不填则使用系统蓝色。
embed-accent-wrong = 色值为六位，由 0–9 和 a–f 组成，例如 0b4a8f。
embed-darkened = 该颜色过浅，白底上看不清文字，将使用 { $colour }。
embed-show = 预览
embed-copy = 复制代码
embed-origins = 允许嵌入的网站：
embed-preview = 显示效果
