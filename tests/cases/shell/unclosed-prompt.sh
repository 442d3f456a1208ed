$ echo "don't
next line of output
$ ls
