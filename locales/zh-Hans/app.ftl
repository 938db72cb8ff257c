nav-desk = 受理台
nav-department = 部门待办
nav-whistles = 吹哨
nav-field = 我的任务
nav-admin = 系统管理
nav-catalog = 立案标准
nav-audit = 审计日志
kit-stale-text = 您查看期间，其他人已经处理过这件事。请重新打开查看最新情况，再继续操作。
