echo before
if true; then
  juju refresh keystone
  echo )
fi
echo "between"; ls; broken ( ; lost
echo "never closed
rm -r /srv/old
done
case x in
a) ;;
esac
cat <<EOF | kubectl apply -f -
kind: Pod
