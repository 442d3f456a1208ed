cat <<EOF | kubectl apply -f -
kind: <kind>
rm -rf /
