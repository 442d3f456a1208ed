juju status \
  --format=yaml
cat <<EOF
body
EOF
if true; then
  echo "a b"
fi
