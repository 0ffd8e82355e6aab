// Who has a part in documents, and invitations: the sharing part of the API.
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../api/client';
import type {
  Document,
  DocumentPeople,
  FoundPerson,
  Id,
  Invitation,
  MemberRole,
  Offer,
} from '../../../api/types';

export const sharingKeys = {
  people: (id: Id) => ['documents', 'people', id] as const,
  found: (q: string) => ['people', q] as const,
  invitations: ['invitations'] as const,
};

export const documentPeople = (id: Id) =>
  queryOptions({
    queryKey: sharingKeys.people(id),
    queryFn: ({ signal }) => api.get<DocumentPeople>(`/documents/${id}/people`, { signal }),
  });

/** People by a part of their name, or by their whole address. */
export const foundPeople = (q: string) =>
  queryOptions({
    queryKey: sharingKeys.found(q),
    queryFn: ({ signal }) => api.get<FoundPerson[]>('/people', { query: { q }, signal }),
    enabled: q.length >= 2,
    staleTime: 30_000,
  });

export const putMember = (id: Id, person: Id, role: MemberRole) =>
  api.put<DocumentPeople>(`/documents/${id}/people/${person}`, { body: { role } });
export const removeMember = (id: Id, person: Id) => api.delete(`/documents/${id}/people/${person}`);
export const invite = (id: Id, email: string, role: MemberRole) =>
  api.post<Invitation>(`/documents/${id}/invitations`, { body: { email, role } });
export const revokeInvitation = (id: Id, invitation: Id) =>
  api.delete(`/documents/${id}/invitations/${invitation}`);
export const transferDocument = (id: Id, userId: Id) =>
  api.post<Document>(`/documents/${id}/transfer`, { body: { userId } });

/** What waits for the signed-in person. */
export const ownInvitations = queryOptions({
  queryKey: sharingKeys.invitations,
  queryFn: ({ signal }) => api.get<Offer[]>('/invitations', { signal }),
});

export const invitationOf = (token: string) =>
  queryOptions({
    queryKey: [...sharingKeys.invitations, token] as const,
    queryFn: ({ signal }) => api.post<Offer>('/invitations/by-token', { body: { token }, signal }),
    retry: false,
  });

export const acceptInvitation = (id: Id, token?: string) =>
  api.post<Document>(`/invitations/${id}/accept`, { body: { token: token ?? null } });
export const declineInvitation = (id: Id, token?: string) =>
  api.post<void>(`/invitations/${id}/decline`, { body: { token: token ?? null } });
