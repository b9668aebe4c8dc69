module example.com/skein

go 1.25.0
