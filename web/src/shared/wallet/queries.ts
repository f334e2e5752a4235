import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { changeWalletLimits, connectWallet, disconnectWallet, getWallet } from "@/api/users";
import { useSession } from "@/lib/session";

export function useWallet() {
  const signedIn = useSession();
  const userId = signedIn?.user.id ?? 0;
  return useQuery({
    queryKey: keys.wallet(userId),
    enabled: signedIn !== null,
    queryFn: getWallet,
  });
}

export function useConnectWallet() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: connectWallet,
    onSettled: () => client.invalidateQueries({ queryKey: ["wallet"] }),
  });
}

export function useDisconnectWallet() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: disconnectWallet,
    onSettled: () => client.invalidateQueries({ queryKey: ["wallet"] }),
  });
}

export function useWalletLimits() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: changeWalletLimits,
    onSettled: () => client.invalidateQueries({ queryKey: ["wallet"] }),
  });
}
