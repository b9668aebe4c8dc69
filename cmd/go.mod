module example.com/skein/cmd

go 1.26.0

require example.com/skein v0.0.0
