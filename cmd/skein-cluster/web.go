package main

import (
	"fmt"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/clusterweb"
)

// openPage serves the page of a cluster, and says where.
func openPage(address, told string, c *cluster.Client) (*clusterweb.Page, error) {
	page, err := clusterweb.Serve(address, told, c)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Printf("the page, for whoever knows this address: %s\n", page.URL); err != nil {
		page.Close()
		return nil, err
	}
	return page, nil
}
