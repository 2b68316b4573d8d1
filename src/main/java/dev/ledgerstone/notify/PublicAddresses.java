package dev.ledgerstone.notify;

import dev.ledgerstone.base.Cidr;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells addresses of the public internet from all others: private, loopback, link-local, shared,
 * reserved, multicast, and those of IPv6 that carry one of IPv4, after the registries of special
 * purpose addresses (RFC 6890).
 */
final class PublicAddresses {
  private static final List<Cidr> NOT_PUBLIC_4 =
      blocks(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4");

  private static final Cidr GLOBAL_UNICAST_6 = Cidr.parse("2000::/3");

  private static final List<Cidr> NOT_PUBLIC_6 =
      blocks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  private PublicAddresses() {}

  static boolean contain(InetAddress address) {
    return address instanceof Inet4Address
        ? NOT_PUBLIC_4.stream().noneMatch(it -> it.contains(address))
        : GLOBAL_UNICAST_6.contains(address)
            && NOT_PUBLIC_6.stream().noneMatch(it -> it.contains(address));
  }

  private static List<Cidr> blocks(String... texts) {
    return Stream.of(texts).map(Cidr::parse).toList();
  }
}
