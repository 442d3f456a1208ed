#!/usr/bin/env bash
openstack token issue -c expires </dev/null
