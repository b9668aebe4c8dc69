module example.com/skein/cmd

go 1.26.0

require (
	example.com/skein v0.0.0
	github.com/rogpeppe/go-internal v1.16.0
	github.com/spf13/pflag v1.1.0
	golang.org/x/sys v0.49.0
	mvdan.cc/sh/v3 v3.14.1
)

require github.com/clipperhouse/uax29/v2 v2.2.0 // indirect

require (
	github.com/creack/pty v1.1.24
	github.com/hinshun/vt10x v0.0.0-20220301184237-5011da428d02
	github.com/mattn/go-runewidth v0.0.31
	golang.org/x/tools v0.38.0 // indirect
)
