import { ROLES } from '@/names'

/** What an owner can make of somebody; owner one becomes by handover only. */
export const GIVEN_ROLES = [
  { role: 'FILER', label: `${ROLES.FILER}（录入、公开和管理标准）` },
  { role: 'VIEWER', label: `${ROLES.VIEWER}（只查看）` },
] as const
export type GivenRole = (typeof GIVEN_ROLES)[number]['role']
