NAME    READY   STATUS
web-1   1/1     Running
