module example.com/skein/cluster

go 1.26.0
