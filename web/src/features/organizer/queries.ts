import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import * as admin from "@/api/admin";
import { createEvent, deleteEvent, updateEvent } from "@/api/events";
import { keys } from "@/api/keys";
import type { ComplimentaryInput, EventPatch, GiveUpRefund, NewEvent } from "@/api/types";

const every = (seconds: number) => ({ refetchInterval: seconds * 1000 });

export const useOverview = () =>
  useQuery({ queryKey: [...keys.admin, "overview"], queryFn: admin.overview, ...every(10) });

export const useNode = () =>
  useQuery({
    queryKey: [...keys.admin, "node"],
    queryFn: admin.nodeBalance,
    retry: false,
    ...every(30),
  });

export const useAdminEvents = () =>
  useQuery({ queryKey: [...keys.admin, "events"], queryFn: admin.adminEvents, ...every(15) });

export const useAttendees = (id: number) =>
  useQuery({
    queryKey: [...keys.admin, "attendees", id],
    queryFn: () => admin.attendees(id),
    ...every(20),
  });

export const useEventSales = (id: number) =>
  useQuery({
    queryKey: [...keys.admin, "sales", id],
    queryFn: () => admin.eventSales(id),
    retry: false,
    ...every(20),
  });

export const usePayments = (search: admin.PaymentSearch) =>
  useQuery({
    queryKey: [...keys.admin, "payments", search],
    queryFn: () => admin.payments(search),
    placeholderData: keepPreviousData,
    ...every(15),
  });

export const useAuditLog = (limit: number, page: number) =>
  useQuery({
    queryKey: [...keys.admin, "audit", page],
    queryFn: () => admin.auditLog(limit, page),
    placeholderData: keepPreviousData,
    ...every(30),
  });

export const useDeadJobs = (limit: number, page: number) =>
  useQuery({
    queryKey: [...keys.admin, "jobs", page],
    queryFn: () => admin.deadJobs(limit, page),
    placeholderData: keepPreviousData,
    ...every(15),
  });

export const usePayment = (id: number) =>
  useQuery({
    queryKey: [...keys.admin, "payment", id],
    queryFn: () => admin.payment(id),
    retry: false,
  });

export const useEventInvoices = (id: number) =>
  useQuery({
    queryKey: [...keys.admin, "event-invoices", id],
    queryFn: () => admin.eventInvoices(id),
    ...every(20),
  });

/** Invalidates all queries after a change. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.admin }),
      client.invalidateQueries({ queryKey: keys.events }),
    ]);
}

export function useEventInvoice(id: number) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: () => admin.eventInvoice(id), onSettled: refresh });
}

export function useRetryJob() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: admin.retryJob, onSettled: refresh });
}

export function useRetryPayment() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: admin.retryPayment, onSettled: refresh });
}

export function useRefund(id: number) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (input: { destination?: string; revoke: boolean }) => admin.refund(id, input),
    onSettled: refresh,
  });
}

export function useRefundTicket(ticketId: number) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (input: { destination?: string }) => admin.refundTicket(ticketId, input),
    onSettled: refresh,
  });
}

/** Gives tickets away; a repeated attempt with the same input gives them once. */
export function useGiveTickets(eventId: number) {
  const refresh = useRefresh();
  const attempt = useRef({ print: "", key: "" });
  return useMutation({
    mutationFn: (input: ComplimentaryInput) => {
      const print = JSON.stringify(input);
      if (attempt.current.print !== print) attempt.current = { print, key: crypto.randomUUID() };
      return admin.giveTickets(eventId, input, attempt.current.key);
    },
    onSettled: refresh,
  });
}

export function useGiveUpRefund(paymentId: number) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ refundId, ...input }: { refundId: number } & GiveUpRefund) =>
      admin.giveUpRefund(paymentId, refundId, input),
    onSettled: refresh,
  });
}

/** Dry run of a cancellation; never cached. */
export const useCancellationPlan = (id: number) =>
  useQuery({
    queryKey: [...keys.admin, "cancellation", id],
    queryFn: () => admin.cancelEvent(id, true),
    staleTime: 0,
    gcTime: 0,
  });

export function useCancelEvent() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: number) => admin.cancelEvent(id, false),
    onSettled: refresh,
  });
}

export function useCreateEvent() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (input: NewEvent) => createEvent(input), onSettled: refresh });
}

export function useUpdateEvent() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (input: { id: number; patch: EventPatch }) => updateEvent(input.id, input.patch),
    onSettled: refresh,
  });
}

export function useDeleteEvent() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: deleteEvent, onSettled: refresh });
}
