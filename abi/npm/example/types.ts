/** What the compiler must infer and refuse: this file is compiled, never run. */
import { buybackAbi, priceOracleAbi, stylusDeployment, tokenAbi } from "@mintage/contracts";
import { treasury } from "@mintage/contracts/artifacts/treasury";
import type { Address, ContractFunctionReturnType, GetContractEventsReturnType, PublicClient } from "viem";

declare const client: PublicClient;
declare const address: Address;

type Exactly<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

export const supply: Exactly<ContractFunctionReturnType<typeof tokenAbi, "view", "totalSupply">, bigint> = true;
export const price: Exactly<ContractFunctionReturnType<typeof priceOracleAbi, "view", "price">, bigint> = true;
type Transfers = GetContractEventsReturnType<typeof tokenAbi, "Transfer", true>;
export const moved: Exactly<Transfers[number]["args"]["value"], bigint> = true;

export async function reads(): Promise<bigint> {
  // @ts-expect-error: there is no such function
  await client.readContract({ address, abi: buybackAbi, functionName: "kicked" });
  // @ts-expect-error: an account is not a number
  await client.readContract({ address, abi: tokenAbi, functionName: "balanceOf", args: [1n] });
  return client.readContract({ address, abi: buybackAbi, functionName: "minimumOut" });
}

export const deployment = stylusDeployment(treasury, [address, address, 172_800n, 0n], { value: 1n });
// @ts-expect-error: a constructor's argument is missing
stylusDeployment(treasury, [address, address, 172_800n]);
